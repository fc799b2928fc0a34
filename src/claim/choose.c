/* Which claims the words of a command line name. */

#include <string.h>

#include "claim/claim.h"

static bool is_id(const pl_registry *registry, const char *word) {
    const pl_claim *c;
    for (size_t i = 0; (c = pl_registry_claim(registry, i, NULL)) != NULL; i++)
        if (strcmp(c->id, word) == 0)
            return true;
    return false;
}

/* A claim's id names that claim; "WANG20", "WANG20.THM1" what begins so; a room all of it. */
static bool names(const pl_registry *registry, const char *word, const pl_claim *c,
                  const pl_room *room, bool slow) {
    size_t n = strlen(word);
    if (is_id(registry, word))
        return strcmp(c->id, word) == 0;
    if (strcmp(word, room->name) == 0)
        return true;
    return strncmp(c->id, word, n) == 0 && c->id[n] == '.' &&
           (slow || room->level == 0 || n > pl_claim_paper(c));
}

static pl_status nothing_named(pl_ctx *ctx, const pl_registry *registry, const char *word) {
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    const pl_claim *c;
    for (const pl_room *const *room = registry->rooms; *room; room++) {
        pl_nearest(word, (*room)->name, &best, &nearest);
        for (const pl_paper *p = (*room)->papers; p && p->key; p++)
            pl_nearest(word, p->key, &best, &nearest);
    }
    for (size_t i = 0; (c = pl_registry_claim(registry, i, NULL)) != NULL; i++)
        pl_nearest(word, c->id, &best, &nearest);
    return pl_fail(ctx, PL_EUSAGE, "'%s' is no claim, paper or room%s%s; 'plumb claims' lists them",
                   word, nearest ? "; did you mean " : "", nearest ? nearest : "");
}

pl_status pl_claims_choose(pl_ctx *ctx, const pl_registry *registry, const pl_options *words,
                           bool slow, const pl_claim ***out, size_t *count) {
    pl_status status;
    const pl_claim **chosen = NULL;
    const pl_room *room;
    const pl_claim *c;
    size_t n = pl_options_words(words), total = 0, kept = 0;
    bool *used = NULL;
    while (pl_registry_claim(registry, total, NULL))
        total++;
    PL_NEW(ctx, chosen, total + 1);
    PL_NEW(ctx, used, n + 1);
    for (size_t i = 0; (c = pl_registry_claim(registry, i, &room)) != NULL; i++) {
        bool wanted = n == 0 && (slow || room->level == 0);
        for (size_t w = 0; w < n; w++)
            if (names(registry, pl_options_word(words, w), c, room, slow))
                wanted = used[w] = true;
        if (wanted)
            chosen[kept++] = c;
    }
    for (size_t w = 0; w < n; w++)
        if (!used[w]) {
            status = nothing_named(ctx, registry, pl_options_word(words, w));
            goto done;
        }
    *out = chosen;
    *count = kept;
    chosen = NULL;
    status = PL_OK;
done:
    pl_free(chosen);
    pl_free(used);
    return status;
}
