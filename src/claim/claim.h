#ifndef PL_CLAIM_CLAIM_H
#define PL_CLAIM_CLAIM_H
/* A claim is data over a program: what is stated, under which hypotheses, which relation between
 * columns must hold, to which tolerance or confidence, which printed values must be met, and the
 * negative controls under which the same relation must come out violated. */

#include "claim/program.h"

typedef enum pl_verdict {
    PL_HOLDS,
    PL_VIOLATED,
    PL_INCONCLUSIVE,   /* the interval straddles, or a reference value is not met */
    PL_VACUOUS,        /* holds, but beyond the trivial value                     */
    PL_NOT_APPLICABLE, /* the input misses a hypothesis                           */
} pl_verdict;

const char *pl_verdict_name(pl_verdict v);

typedef enum pl_relation_kind {
    PL_NO_RELATION, /* ends a list                                                        */
    PL_LE,          /* left <= right, row by row                                          */
    PL_EQ,          /* left = right, row by row                                           */
    PL_WITHIN,      /* right <= left <= upper, row by row                                 */
    PL_SLOPE,       /* the slope of log|left| against log(right) lies in [lo, hi]         */
    PL_LIMIT,       /* left tends to 0 along the rows: |last| <= tolerance                */
} pl_relation_kind;

/* Operands name a column, or a number of the summary, or are a number ("0"). */
typedef struct pl_relation {
    pl_relation_kind kind;
    const char *left, *right, *upper;
    double lo, hi;       /* PL_SLOPE                                                          */
    double tolerance;    /* 0: the deterministic default, 1e-10 x max(1, |left|, |right|)     */
    const char *error;   /* column of standard errors: the verdict is statistical             */
    const char *applies; /* column that is 0 where a row lies outside the hypotheses          */
    const char *trivial; /* value beyond which the bound says nothing: all rows -> VACUOUS    */
} pl_relation;

/* A printed value: the quantity (column or summary) at a row of the claim's preset. */
typedef struct pl_reference {
    int preset;
    const char *quantity; /* NULL ends a list */
    size_t row;
    double value, tolerance; /* absolute */
} pl_reference;

typedef struct pl_control {
    const char *name;   /* what was dropped or changed; NULL ends a list */
    const char *preset; /* NULL: the claim's first */
    const char *scale;  /* a column or summary number that is multiplied by `factor` first */
    double factor;
    pl_relation relation; /* PL_NO_RELATION: the claim's own */
} pl_control;

/* How a published statement that is VIOLATED is wrong; the gravest first. */
typedef enum pl_erratum {
    PL_ERRATUM_FALSE,     /* false as published                                      */
    PL_ERRATUM_CONDITION, /* true under a condition that is not stated               */
    PL_ERRATUM_READING,   /* does not mean what it suggests                          */
    PL_ERRATUM_MISPRINT,
    PL_ERRATUM_SIZE, /* does not come out at the size that is run here: no refutation */
} pl_erratum;

enum { PL_ERRATA = PL_ERRATUM_SIZE + 1 };
const char *pl_erratum_name(pl_erratum e);

enum { PL_MAX_PRESETS = 12, PL_MAX_RELATIONS = 6, PL_MAX_CONTROLS = 6, PL_MAX_HYPOTHESES = 5 };

typedef struct pl_claim {
    const char *id;    /* "WANG20.THM1.LIM": paper, dot, statement */
    const char *title; /* a line in verify's table */
    const char *where, *statement;
    const char *hypotheses[PL_MAX_HYPOTHESES];
    const char *correction; /* what is true instead, where the published statement is not */
    const char *source;
    const pl_program *program;
    const char *presets[PL_MAX_PRESETS];
    pl_relation relations[PL_MAX_RELATIONS];
    pl_verdict expected; /* PL_VIOLATED: a published statement that is false */
    pl_erratum erratum;  /* and how */
    pl_control controls[PL_MAX_CONTROLS];
    const pl_reference *references; /* quantity NULL ends; may be NULL */
} pl_claim;

/* What a relation, a control or a whole claim came to. */
typedef struct pl_finding {
    pl_verdict verdict;
    double measured;   /* worst gap (<=), worst difference (=), slope, last value (limit)  */
    double reference;  /* what it is held against                                          */
    double tolerance;  /* absolute, or the half width of the interval                      */
    double confidence; /* of this decision; 1: deterministic                               */
    double z;          /* |measured| in standard errors, statistical relations only         */
    char detail[200];  /* the measurement in words                                         */
} pl_finding;

typedef struct pl_outcome {
    const pl_claim *claim;
    pl_finding finding;
    bool ok; /* the expected verdict, every reference met, every control violated */
    double seconds;
    size_t n_controls, controls_ok, references_met, n_references;
    struct {
        const char *name;
        pl_finding finding;
        bool ok;
    } controls[PL_MAX_CONTROLS];
} pl_outcome;

typedef struct pl_verify_settings {
    double effort;    /* 1 standard; multiplies replicates */
    const char *seed; /* decimal text, or NULL: every preset's own */
    double level;     /* of one statistical decision: 1 - delta/K */
} pl_verify_settings;

/** Decides one relation over a table (theory notes, sec. 5).
 *  Given     relation   gate ignores `applies` when false (controls: the hypothesis is dropped)
 *            level      confidence of the whole relation; rows share it (Bonferroni)
 *            df         degrees of freedom of the standard errors; 0: normal
 *  Returned  *out
 *  Status    PL_EBUG an operand names nothing */
pl_status pl_relation_judge(pl_ctx *ctx, const pl_relation *relation, const pl_table *table,
                            bool gate, double level, double df, pl_finding *out);

/** A relation for reading: "lhs <= rhs, tolerance 1e-10". */
void pl_relation_text(const pl_relation *relation, pl_text *out);

/** Runs a claim: presets, relations, references, controls.
 *  Status    what its program returned; a violated claim is a result, not an error */
pl_status pl_claim_check(pl_ctx *ctx, const pl_claim *claim, const pl_verify_settings *settings,
                         pl_outcome *out);

/** Statistical decisions in one verify of these rooms: K of the family-wise level. */
size_t pl_registry_statistical(const pl_registry *registry);

/** The i-th claim of all rooms in order, NULL beyond the last; *room (may be NULL): whose it is. */
const pl_claim *pl_registry_claim(const pl_registry *registry, size_t i, const pl_room **room);

/** "WANG20" of "WANG20.THM1": the length of the paper's key. */
size_t pl_claim_paper(const pl_claim *claim);
bool pl_claim_same_paper(const pl_claim *a, const pl_claim *b);
/** What the key stands for; "" when its room does not say. */
const char *pl_claim_citation(const pl_registry *registry, const pl_claim *claim);
/** The room that lists it. */
const pl_room *pl_claim_room(const pl_registry *registry, const pl_claim *claim);

/** The claims that words name, in the registry's order: an id that claim, "WANG20" or "WANG20.THM1"
 *  all that begin so, a room's name all of it; no words: every claim.
 *  Given     slow   false: no words and a paper's key alone leave out what takes minutes
 *  Returned  *out   *count of them; free with pl_free
 *  Status    PL_EUSAGE a word names nothing; the nearest name is said */
pl_status pl_claims_choose(pl_ctx *ctx, const pl_registry *registry, const pl_options *words,
                           bool slow, const pl_claim ***out, size_t *count);

#endif
