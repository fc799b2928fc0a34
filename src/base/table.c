#include "base/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct pl_table {
    const pl_column *columns;
    size_t n_columns, n_text;
    size_t rows, capacity;
    double *values; /* rows x n_columns */
    char **words;   /* rows x n_text */
    pl_summary summary[PL_TABLE_MAX_SUMMARY];
    const char *listed[PL_TABLE_MAX_SUMMARY]; /* column that stands for a summary, or NULL */
    size_t n_summary;
    const char *unmet[PL_TABLE_MAX_UNMET];
    size_t n_unmet;
};

pl_status pl_table_new(pl_ctx *ctx, const pl_column *columns, pl_table **out) {
    pl_table *t = pl_alloc(ctx, 1, sizeof *t);
    if (!t)
        return PL_ENOMEM;
    t->columns = columns;
    for (; columns[t->n_columns].name; t->n_columns++)
        t->n_text += columns[t->n_columns].text;
    if (t->n_columns > PL_TABLE_MAX_COLUMNS) {
        pl_table_free(t);
        return pl_fail(ctx, PL_EBUG, "a table of more than %d columns", PL_TABLE_MAX_COLUMNS);
    }
    *out = t;
    return PL_OK;
}

void pl_table_free(pl_table *t) {
    if (!t)
        return;
    for (size_t i = 0; i < t->rows * t->n_text; i++)
        pl_free(t->words[i]);
    pl_free(t->words);
    pl_free(t->values);
    pl_free(t);
}

static pl_status grow(pl_ctx *ctx, pl_table *t) {
    size_t capacity = t->capacity ? 2 * t->capacity : 16;
    double *values = pl_alloc(ctx, capacity, t->n_columns * sizeof *values);
    char **words = pl_alloc(ctx, capacity, t->n_text * sizeof *words);
    if (!values || !words) {
        pl_free(values);
        pl_free(words);
        return PL_ENOMEM;
    }
    if (t->rows) {
        memcpy(values, t->values, t->rows * t->n_columns * sizeof *values);
        memcpy(words, t->words, t->rows * t->n_text * sizeof *words);
    }
    pl_free(t->values);
    pl_free(t->words);
    t->values = values;
    t->words = words;
    t->capacity = capacity;
    return PL_OK;
}

pl_status pl_table_add(pl_ctx *ctx, pl_table *t, const double *values, const char *const *words) {
    if (t->rows == t->capacity) {
        pl_status status = grow(ctx, t);
        if (status)
            return status;
    }
    char **row = t->words + t->rows * t->n_text;
    for (size_t i = 0; i < t->n_text; i++) {
        row[i] = pl_strdup(ctx, words[i]);
        if (!row[i]) {
            while (i-- > 0)
                pl_free(row[i]);
            return PL_ENOMEM;
        }
    }
    memcpy(t->values + t->rows * t->n_columns, values, t->n_columns * sizeof *values);
    t->rows++;
    return PL_OK;
}

pl_status pl_table_summarise(pl_ctx *ctx, pl_table *t, const char *name, const char *unit,
                             const char *meaning, double value) {
    if (t->n_summary == PL_TABLE_MAX_SUMMARY)
        return pl_fail(ctx, PL_EBUG, "a summary of more than %d numbers", PL_TABLE_MAX_SUMMARY);
    t->summary[t->n_summary++] = (pl_summary){name, unit, meaning, value};
    return PL_OK;
}

pl_status pl_table_summarise_list(pl_ctx *ctx, pl_table *t, const pl_summary *list, size_t count) {
    pl_status status = PL_OK;
    for (size_t i = 0; i < count && status == PL_OK; i++)
        status =
            pl_table_summarise(ctx, t, list[i].name, list[i].unit, list[i].meaning, list[i].value);
    return status;
}

pl_status pl_table_summarise_column(pl_ctx *ctx, pl_table *t, const char *name, const char *unit,
                                    const char *meaning, const char *column) {
    if (pl_table_find(t, column) == SIZE_MAX)
        return pl_fail(ctx, PL_EBUG, "a summary lists '%s', which is no column", column);
    pl_status status = pl_table_summarise(ctx, t, name, unit, meaning, (double)NAN);
    if (status == PL_OK)
        t->listed[t->n_summary - 1] = column;
    return status;
}

void pl_table_unmet(pl_table *t, const char *hypothesis) {
    if (t->n_unmet < PL_TABLE_MAX_UNMET)
        t->unmet[t->n_unmet++] = hypothesis;
}

bool pl_table_scale(pl_table *t, const char *name, double factor) {
    size_t c = pl_table_find(t, name);
    for (size_t r = 0; c != SIZE_MAX && r < t->rows; r++)
        t->values[r * t->n_columns + c] *= factor;
    for (size_t i = 0; i < t->n_summary; i++)
        if (strcmp(t->summary[i].name, name) == 0) {
            t->summary[i].value *= factor;
            return true;
        }
    return c != SIZE_MAX;
}

size_t pl_table_rows(const pl_table *t) {
    return t->rows;
}

size_t pl_table_columns(const pl_table *t) {
    return t->n_columns;
}

const pl_column *pl_table_column(const pl_table *t, size_t column) {
    return &t->columns[column];
}

double pl_table_at(const pl_table *t, size_t row, size_t column) {
    return t->columns[column].text ? (double)NAN : t->values[row * t->n_columns + column];
}

const char *pl_table_word(const pl_table *t, size_t row, size_t column) {
    size_t k = 0;
    if (!t->columns[column].text)
        return "";
    for (size_t c = 0; c < column; c++)
        k += t->columns[c].text;
    return t->words[row * t->n_text + k];
}

size_t pl_table_summaries(const pl_table *t) {
    return t->n_summary;
}

const pl_summary *pl_table_summary(const pl_table *t, size_t i) {
    return &t->summary[i];
}

const char *pl_table_summary_column(const pl_table *t, size_t i) {
    return t->listed[i];
}

size_t pl_table_unmets(const pl_table *t) {
    return t->n_unmet;
}

const char *pl_table_unmet_at(const pl_table *t, size_t i) {
    return t->unmet[i];
}

size_t pl_table_find(const pl_table *t, const char *name) {
    for (size_t c = 0; c < t->n_columns; c++)
        if (strcmp(t->columns[c].name, name) == 0)
            return c;
    return SIZE_MAX;
}

bool pl_table_lookup(const pl_table *t, const char *name, double *out) {
    for (size_t i = 0; i < t->n_summary; i++)
        if (strcmp(t->summary[i].name, name) == 0) {
            *out = t->summary[i].value;
            return true;
        }
    return false;
}

/* ---- text --------------------------------------------------------------------------------- */

static void csv_word(const char *s, pl_text *out) {
    if (!strpbrk(s, ",\"\n\r")) {
        pl_text_add(out, s);
        return;
    }
    pl_text_add(out, "\"");
    for (; *s; s++)
        pl_text_printf(out, *s == '"' ? "\"\"" : "%c", *s);
    pl_text_add(out, "\"");
}

void pl_table_csv(const pl_table *t, pl_text *out) {
    for (size_t c = 0; c < t->n_columns; c++)
        pl_text_printf(out, "%s%s", c ? "," : "", t->columns[c].name);
    pl_text_add(out, "\n");
    for (size_t r = 0; r < t->rows; r++) {
        for (size_t c = 0; c < t->n_columns; c++) {
            double v = pl_table_at(t, r, c);
            pl_text_add(out, c ? "," : "");
            if (t->columns[c].text)
                csv_word(pl_table_word(t, r, c), out);
            else if (isnan(v)) /* printf would write -nan on some machines */
                pl_text_add(out, "nan");
            else
                pl_text_printf(out, "%.17g", v);
        }
        pl_text_add(out, "\n");
    }
}

/* Whole numbers in full, others to ten digits; a dash where there is nothing to say. */
static const char *cell(const pl_table *t, size_t r, size_t c, char room[64]) {
    double v = pl_table_at(t, r, c);
    if (t->columns[c].text)
        return pl_table_word(t, r, c);
    if (isnan(v))
        return "-";
    snprintf(room, 64, v == floor(v) && fabs(v) < 1e15 ? "%.0f" : "%.10g", v + 0.0); /* no -0 */
    return room;
}

void pl_table_print(const pl_table *t, size_t limit, pl_text *out) {
    char room[64];
    size_t rows = limit && t->rows > limit ? limit : t->rows;
    int width[PL_TABLE_MAX_COLUMNS];
    for (size_t c = 0; c < t->n_columns; c++) {
        width[c] = (int)strlen(t->columns[c].name);
        for (size_t r = 0; r < rows; r++) {
            int length = (int)strlen(cell(t, r, c, room));
            width[c] = length > width[c] ? length : width[c];
        }
    }
    for (size_t r = 0; r <= rows; r++) { /* row 0 of the output is the header */
        for (size_t c = 0; c < t->n_columns; c++) {
            const char *s = r == 0 ? t->columns[c].name : cell(t, r - 1, c, room);
            bool last = c + 1 == t->n_columns;
            if (t->columns[c].text)
                pl_text_printf(out, "%s%-*s", c ? "  " : "", last ? 0 : width[c], s);
            else
                pl_text_printf(out, "%s%*s", c ? "  " : "", width[c], s);
        }
        pl_text_add(out, "\n");
    }
    if (rows < t->rows)
        pl_text_printf(out, "... %zu more rows: --format csv prints all\n", t->rows - rows);
    if (t->n_summary && t->rows)
        pl_text_add(out, "\n");
    for (size_t i = 0; i < t->n_summary; i++) {
        const pl_summary *m = &t->summary[i];
        if (t->listed[i]) /* stands above already */
            continue;
        pl_text_printf(out, "%-28s %16.10g  %s\n", m->name, m->value, m->meaning);
    }
    for (size_t i = 0; i < t->n_unmet; i++)
        pl_text_printf(out, "hypothesis not met: %s\n", t->unmet[i]);
}
