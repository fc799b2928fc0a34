#include "tests/support.h"

#include <stdio.h>

int test_main(const char *name, const TTest *const *tests, size_t count) {
    return test_main_loop(name, tests, count, NULL, 0);
}

int test_main_loop(const char *name, const TTest *const *tests, size_t count, const TTest *loop,
                   int times) {
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 1200); /* as Meson allows: a sanitizer on a busy machine */
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    if (loop)
        tcase_add_loop_test(tcase, loop, 0, times);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

size_t test_effort(void) {
    const char *s = getenv("PL_TEST_EFFORT");
    long n = s ? strtol(s, NULL, 10) : 1;
    return n > 1 ? (size_t)n : 1;
}

const char *test_path(const char *file) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", PL_TESTS_DIR, file);
    return path;
}

json_t *golden(const char *file) {
    static char loaded_name[128];
    static json_t *loaded;
    if (loaded && strcmp(loaded_name, file) == 0)
        return loaded;
    json_decref(loaded);
    char relative[160];
    snprintf(relative, sizeof relative, "golden/%s", file);
    json_error_t error;
    loaded = json_load_file(test_path(relative), 0, &error);
    ck_assert_msg(loaded != NULL, "%s: %s", relative, error.text);
    snprintf(loaded_name, sizeof loaded_name, "%s", file);
    return loaded;
}

double golden_number(const golden_value *v, const char *parameter, double otherwise) {
    json_t *p = json_object_get(v->parameters, parameter);
    return json_is_number(p) ? json_number_value(p) : otherwise;
}

const char *golden_text(const golden_value *v, const char *parameter, const char *otherwise) {
    json_t *p = json_object_get(v->parameters, parameter);
    return json_is_string(p) ? json_string_value(p) : otherwise;
}

size_t golden_each(const char *file, const char *claim, const char *quantity,
                   void (*visit)(const golden_value *v)) {
    json_t *values = json_object_get(golden(file), "values"), *row;
    size_t i, count = 0;
    json_array_foreach(values, i, row) {
        golden_value v = {
            .claim = json_string_value(json_object_get(row, "claim")),
            .quantity = json_string_value(json_object_get(row, "quantity")),
            .expected = json_string_value(json_object_get(row, "expected")),
            .parameters = json_object_get(row, "parameters"),
            .value = json_object_get(row, "value"),
            .number = NAN,
            .tolerance = json_number_value(json_object_get(row, "tolerance")),
        };
        if ((claim && strcmp(claim, v.claim) != 0) ||
            (quantity && strcmp(quantity, v.quantity) != 0))
            continue;
        if (json_is_number(v.value)) {
            v.number = json_number_value(v.value);
            const char *kind = json_string_value(json_object_get(row, "tolerance_kind"));
            if (kind && strcmp(kind, "relative") == 0)
                v.tolerance *= fabs(v.number);
        }
        visit(&v);
        count++;
    }
    return count;
}
