/* plumb doctor: what this build runs on, what is found, what is missing and how to get it. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "claim/commands.h"
#include "claim/environment.h"
#include "claim/output.h"

const pl_option pl_doctor_options[] = {
    {"json", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "print one JSON object", 0}, {0}};

/* Things outside the library that a command may want. */
static const struct {
    const char *name, *path, *used_by, *remedy;
} wanted[] = {
    {"gnuplot", "/usr/bin/gnuplot", "plumb figures", "apt-get install gnuplot-nox"},
    {"mpirun", "/usr/bin/mpirun", "training on many machines", "apt-get install openmpi-bin"},
    {"python3-numpy", "/usr/lib/python3/dist-packages/numpy", "parity tests",
     "apt-get install python3-numpy"},
    {"python3-torch", "/usr/lib/python3/dist-packages/torch", "tests/peers benchmarks",
     "apt-get install python3-torch"},
    {"python3-torchvision", "/usr/lib/python3/dist-packages/torchvision", "augmentation's parity",
     "apt-get install python3-torchvision"},
};

/* One row, for people and for --json. */
static void add_row(const char *name, const char *where, const char *used_by, const char *remedy,
                    json_t *found, pl_text *text) {
    json_array_append_new(found, json_pack("{s:s, s:b, s:s, s:s}", "name", name, "found",
                                           where != NULL, "used_by", used_by, "remedy", remedy));
    if (where)
        pl_text_printf(text, "%-20s found%s%s\n", name, *where ? " in " : "", where);
    else
        pl_text_printf(text, "%-20s missing, for %s: %s\n", name, used_by, remedy);
}

static pl_status add_data_sets(pl_ctx *ctx, const pl_registry *registry, json_t *found,
                               pl_text *text) {
    const char *name, *remedy;
    pl_status status = PL_OK;
    for (size_t i = 0; registry && registry->data_set && status == PL_OK; i++) {
        pl_text dir = {0}, how = {0};
        if (!registry->data_set(i, &name, &dir, &remedy))
            break;
        pl_text_printf(&how, "%s; then pass %s:DIR, or let PLUMB_DATA be the folder above DIR",
                       remedy, name);
        status = pl_text_status(ctx, &dir);
        if (status == PL_OK)
            status = pl_text_status(ctx, &how);
        if (status == PL_OK)
            add_row(name, dir.length > 0 ? pl_text_get(&dir) : NULL, "views and training",
                    pl_text_get(&how), found, text);
        pl_text_free(&dir);
        pl_text_free(&how);
    }
    return status;
}

pl_status pl_cmd_doctor(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_status status;
    pl_options *o = NULL;
    pl_text text = {0};
    json_t *environment = NULL, *found = json_array(), *value;
    const char *key;
    if (pl_wants_help(argc, argv)) {
        status =
            pl_print_usage(ctx, "doctor [--json]",
                           "Versions, BLAS kernel, instruction set, data sets, what is missing.",
                           pl_doctor_options);
        goto done;
    }
    PL_TRY(pl_options_parse(ctx, pl_doctor_options, NULL, NULL, argc, argv, &o));
    environment = pl_environment_json(ctx);
    json_object_foreach(environment, key, value) {
        if (json_is_string(value))
            pl_text_printf(&text, "%-16s %s\n", key, json_string_value(value));
        else
            pl_text_printf(&text, "%-16s %lld\n", key, (long long)json_integer_value(value));
    }
    const char *blas = json_string_value(json_object_get(environment, "blas_threading"));
    if (!blas || strcmp(blas, "openmp") != 0)
        pl_text_add(&text, "warning: OpenBLAS is not the openmp flavour; apt-get install "
                           "libopenblas-openmp-dev\n");
    pl_text_add(&text, "\n");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        bool there = access(wanted[i].path, R_OK) == 0;
        add_row(wanted[i].name, there ? "" : NULL, wanted[i].used_by, wanted[i].remedy, found,
                &text);
    }
    PL_TRY(add_data_sets(ctx, registry, found, &text));
    pl_text_add(&text,
                "your own images      any: folder:DIR of one folder a class, npy:DIR; see plumb "
                "help data\n"
                "latent trees         any: plumb hltm samples --save DIR, then npy:DIR\n");
    PL_TRY(pl_text_status(ctx, &text));
    json_object_set(environment, "found", found);
    if (pl_option_flag(o, "json"))
        PL_TRY(pl_json_write(ctx, environment, NULL));
    else
        PL_TRY(pl_print(ctx, pl_text_get(&text)));
done:
    json_decref(environment);
    json_decref(found);
    pl_text_free(&text);
    pl_options_free(o);
    return status;
}
