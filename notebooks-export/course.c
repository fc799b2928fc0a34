#include "notebooks-export/course.h"

#include <stdio.h>
#include <string.h>

#include "claim/output.h"

static const lab_kind kinds[] = {LAB_SOURCE, LAB_RELEASE, LAB_SOLUTION};
enum { KINDS = 3 };

static bool has_suffix(const char *s, const char *suffix) {
    size_t n = strlen(s), m = strlen(suffix);
    return n > m && strcmp(s + n - m, suffix) == 0;
}

/* "lab1" of "lab1_limit.py"; false for a file that is no lab. */
static bool lab_name(const char *file, char out[16]) {
    size_t n = strcspn(file, "_");
    if (strncmp(file, "lab", 3) != 0 || file[n] != '_' || n >= 16)
        return false;
    memcpy(out, file, n);
    out[n] = '\0';
    return true;
}

static bool wanted(const pl_options *words, const char *name) {
    size_t n = words ? pl_options_words(words) : 0;
    for (size_t i = 0; i < n; i++)
        if (strcmp(pl_options_word(words, i), name) == 0)
            return true;
    return n == 0;
}

static pl_status add_lab(pl_ctx *ctx, const lab_facts *facts, const lab_file *file,
                         const char *name, course *c) {
    if (c->n == COURSE_MAX_LABS)
        return pl_fail(ctx, PL_EBUG, "more than %d labs are built in", COURSE_MAX_LABS);
    course_lab *lab = &c->labs[c->n++];
    pl_status status;
    *lab = (course_lab){.file = file};
    snprintf(lab->name, sizeof lab->name, "%s", name);
    PL_TRY(lab_parse(ctx, facts, file, &lab->notebooks[LAB_SOURCE]));
    PL_TRY(lab_release(ctx, lab->notebooks[LAB_SOURCE], &lab->notebooks[LAB_RELEASE]));
    PL_TRY(lab_solution(ctx, lab->notebooks[LAB_SOURCE], &lab->notebooks[LAB_SOLUTION]));
    for (size_t k = 0; k < KINDS; k++)
        PL_TRY(lab_check(ctx, file->name, kinds[k], lab->notebooks[k]));
done:
    return status;
}

pl_status course_new(pl_ctx *ctx, const lab_facts *facts, const pl_options *words, course *out) {
    pl_status status = PL_OK;
    course c = {.n = 0};
    char name[16];
    for (const lab_file *f = facts->files; f && f->name; f++)
        if (has_suffix(f->name, ".py") && lab_name(f->name, name) && wanted(words, name))
            PL_TRY(add_lab(ctx, facts, f, name, &c));
    size_t asked = words ? pl_options_words(words) : 0;
    if (c.n == 0 || (asked && c.n < asked)) {
        status = pl_fail(ctx, PL_EUSAGE, "one of the names is no lab; they are lab0, lab1, ...");
        goto done;
    }
    *out = c;
    return PL_OK;
done:
    course_free(&c);
    return status;
}

void course_free(course *c) {
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < KINDS; k++)
            json_decref(c->labs[i].notebooks[k]);
    c->n = 0;
}

pl_text course_path(const char *dir, lab_kind kind, const char *lab, const char *extension) {
    pl_text path = {0};
    pl_text_printf(&path, "%s/%s/%s/%s%s", dir, lab_kind_name(kind), lab, lab, extension);
    return path;
}

static pl_status write_lines(pl_ctx *ctx, const char *const *lines, const char *path) {
    pl_text text = {0};
    pl_status status;
    for (; *lines; lines++)
        pl_text_printf(&text, "%s\n", *lines);
    PL_TRY(pl_text_status(ctx, &text));
    PL_TRY(pl_text_write(ctx, path, pl_text_get(&text)));
done:
    pl_text_free(&text);
    return status;
}

/* The CSV that a lab ships instead of a heavy run: labN_*.csv. */
static pl_status write_data(pl_ctx *ctx, const lab_facts *facts, const char *lab,
                            const char *folder) {
    pl_status status = PL_OK;
    pl_text path = {0};
    char owner[16];
    for (const lab_file *f = facts->files; f->name; f++)
        if (has_suffix(f->name, ".csv") && lab_name(f->name, owner) && strcmp(owner, lab) == 0) {
            pl_text_printf(&path, "%s/%s", folder, f->name);
            PL_TRY(pl_text_status(ctx, &path));
            PL_TRY(write_lines(ctx, f->lines, path.s));
            pl_text_free(&path);
        }
done:
    pl_text_free(&path);
    return status;
}

static pl_status write_lab(pl_ctx *ctx, const course_lab *lab, const lab_facts *facts,
                           lab_kind kind, const char *dir) {
    pl_text folder = {0}, path = course_path(dir, kind, lab->name, ".ipynb");
    pl_status status;
    pl_text_printf(&folder, "%s/%s/%s", dir, lab_kind_name(kind), lab->name);
    PL_TRY(pl_text_status(ctx, &folder));
    PL_TRY(pl_text_status(ctx, &path));
    PL_TRY(pl_make_directory(ctx, folder.s));
    PL_TRY(lab_write(ctx, lab->notebooks[kind], path.s));
    PL_TRY(write_data(ctx, facts, lab->name, folder.s));
done:
    pl_text_free(&folder);
    pl_text_free(&path);
    return status;
}

/* Points of a lab, by machine (tests) and by hand (answers). */
static void lab_points(const json_t *notebook, double *tests, double *answers) {
    const json_t *cell;
    size_t i;
    *tests = *answers = 0;
    json_array_foreach(json_object_get(notebook, "cells"), i, cell) *
        (lab_is(cell, "solution") ? answers : tests) +=
        json_number_value(json_object_get(lab_nbgrader(cell), "points"));
}

static void readme_labs(const course *c, pl_text *out) {
    double all_tests = 0, all_answers = 0;
    pl_text_add(out, "| lab | question | points by tests | points by hand | minutes |\n"
                     "|---|---|---|---|---|\n");
    for (size_t i = 0; i < c->n; i++) {
        const json_t *notebook = c->labs[i].notebooks[LAB_SOURCE];
        const json_t *about = json_object_get(json_object_get(notebook, "metadata"), "plumb");
        double tests, answers;
        lab_points(notebook, &tests, &answers);
        all_tests += tests;
        all_answers += answers;
        pl_text_printf(out, "| %s: %s | %s | %g | %g | %s |\n", c->labs[i].name,
                       json_string_value(json_object_get(about, "title")),
                       json_string_value(json_object_get(about, "question")), tests, answers,
                       json_string_value(json_object_get(about, "minutes")));
    }
    pl_text_printf(out, "| all | | %g | %g | |\n", all_tests, all_answers);
}

static pl_status write_readme(pl_ctx *ctx, const course *c, const lab_facts *facts,
                              const char *dir) {
    pl_text text = {0}, path = {0};
    pl_status status;
    pl_text_add(&text,
                "# The theory of contrastive learning, checked by hand: a course of labs\n\n"
                "Each lab is a notebook that needs Python 3 with Jupyter, its standard library, "
                "and the command\n`plumb` (found through the environment variable `PLUMB`, or on "
                "`PATH`) with gnuplot for the figures.\nStudents should have had linear algebra "
                "and one course on machine learning.\n\n"
                "* `source/`: for you. Solutions and hidden tests between marks, nbgrader "
                "metadata, schema 3.\n"
                "* `release/`: for students. Stubs, no hidden tests, locked cells, checksums.\n"
                "* `solution/`: solved. After `plumb labs export --execute`, run and with an "
                "HTML page beside each;\n  that needs jupyter-nbconvert and python3-ipykernel. The "
                "pages load nothing.\n\n"
                "Copy the three folders into an nbgrader course (`source/` and `release/` are "
                "where it looks), or hand\nout `release/` without it. `nbgrader generate_assignment"
                " lab1` makes it from `source/`.\n\n"
                "## Labs\n\n");
    readme_labs(c, &text);
    pl_text_printf(&text,
                   "\nTests are graded by machine, answers in words by hand. A visible test checks "
                   "shape and direction, the\nhidden one recomputes with another seed through "
                   "`plumb`. No cell takes longer than a few seconds\non two cores.\n\n"
                   "## Seeds\n\n"
                   "Every lab opens with `SEED = %llu`; whatever is random in it follows from that "
                   "number and from nothing\nelse. To give each student a version of their own, "
                   "export with another seed,\n\n"
                   "    plumb labs export --seed 20260117 --out course-for-ada\n\n"
                   "or have them put their student number there: the hidden tests draw their own "
                   "seeds from it, and\ncorrect solutions pass with any.\n\n"
                   "`plumb labs check --out DIR` holds a course against nbgrader's rules.\n",
                   (unsigned long long)facts->seed);
    pl_text_printf(&path, "%s/README.md", dir);
    PL_TRY(pl_text_status(ctx, &text));
    PL_TRY(pl_text_status(ctx, &path));
    PL_TRY(pl_text_write(ctx, path.s, text.s));
done:
    pl_text_free(&text);
    pl_text_free(&path);
    return status;
}

pl_status course_write(pl_ctx *ctx, const course *c, const lab_facts *facts, const char *dir) {
    pl_status status;
    PL_TRY(pl_make_directory(ctx, dir));
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < KINDS; k++)
            PL_TRY(write_lab(ctx, &c->labs[i], facts, kinds[k], dir));
    PL_TRY(write_readme(ctx, c, facts, dir));
done:
    return status;
}

/* The roles of a notebook's cells: grade ids and flags, in order. */
static pl_status roles(pl_ctx *ctx, const json_t *notebook, pl_text *out) {
    const json_t *cell;
    size_t i;
    json_array_foreach(json_object_get(notebook, "cells"), i, cell) {
        const char *id = json_string_value(json_object_get(lab_nbgrader(cell), "grade_id"));
        if (id)
            pl_text_printf(out, "%s %d %d %g\n", id, lab_is(cell, "grade"),
                           lab_is(cell, "solution"),
                           json_number_value(json_object_get(lab_nbgrader(cell), "points")));
    }
    return pl_text_status(ctx, out);
}

static pl_status check_lab(pl_ctx *ctx, const course_lab *lab, const char *dir) {
    pl_status status = PL_OK;
    json_t *notebook = NULL;
    pl_text path = {0}, first = {0}, other = {0};
    for (size_t k = 0; k < KINDS; k++) {
        json_error_t error;
        path = course_path(dir, kinds[k], lab->name, ".ipynb");
        PL_TRY(pl_text_status(ctx, &path));
        notebook = json_load_file(path.s, JSON_REJECT_DUPLICATES, &error);
        if (!notebook) {
            status = pl_fail(ctx, PL_EINPUT, "%s: %s; 'plumb labs export' writes it", path.s,
                             error.text);
            goto done;
        }
        PL_TRY(lab_check(ctx, path.s, kinds[k], notebook));
        PL_TRY(roles(ctx, notebook, k == 0 ? &first : &other));
        if (k > 0 && strcmp(pl_text_get(&first), pl_text_get(&other)) != 0) {
            status =
                pl_fail(ctx, PL_EINPUT, "%s: its graded cells are not those of the source", path.s);
            goto done;
        }
        json_decref(notebook);
        notebook = NULL;
        pl_text_free(&path);
        pl_text_free(&other);
    }
done:
    json_decref(notebook);
    pl_text_free(&path);
    pl_text_free(&first);
    pl_text_free(&other);
    return status;
}

pl_status course_check(pl_ctx *ctx, const course *c, const char *dir) {
    pl_status status = PL_OK;
    for (size_t i = 0; i < c->n; i++)
        PL_TRY(check_lab(ctx, &c->labs[i], dir));
done:
    return status;
}
