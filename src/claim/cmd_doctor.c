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
    {"fashion-mnist", "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz",
     "plumb views fashion-mnist", "apt-get install dataset-fashion-mnist"},
    {"python3-numpy", "/usr/lib/python3/dist-packages/numpy", "parity tests",
     "apt-get install python3-numpy"},
    {"python3-torch", "/usr/lib/python3/dist-packages/torch", "tests/peers benchmarks",
     "apt-get install python3-torch"},
};

pl_status pl_cmd_doctor(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_status status;
    pl_options *o = NULL;
    pl_text text = {0};
    json_t *environment = NULL, *found = json_array(), *value;
    const char *key;
    (void)registry;
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
        json_array_append_new(found, json_pack("{s:s, s:b, s:s, s:s}", "name", wanted[i].name,
                                               "found", there, "used_by", wanted[i].used_by,
                                               "remedy", wanted[i].remedy));
        if (there)
            pl_text_printf(&text, "%-16s found\n", wanted[i].name);
        else
            pl_text_printf(&text, "%-16s missing, for %s: %s\n", wanted[i].name, wanted[i].used_by,
                           wanted[i].remedy);
    }
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
