#ifndef PL_TESTS_LABS_FIXTURE_H
#define PL_TESTS_LABS_FIXTURE_H
/* A small registry and the shortest sources that are labs. */

#include "notebooks-export/labs.h"

static const pl_option fixture_options[] = {
    {"dim", PL_OPT_INT, "3", 2, 9, NULL, NULL, "dimension", 0}, {0}};
static const pl_column fixture_columns[] = {{"gap", "1", "bound less bounded", false}, {0}};
static const pl_program fixture_program = {
    .name = "bound", .summary = "", .options = fixture_options, .columns = fixture_columns};
static const pl_program *const fixture_programs[] = {&fixture_program, NULL};
static const pl_claim fixture_claim_list[] = {{.id = "LEE25.THM1",
                                               .title = "a title",
                                               .where = "here",
                                               .statement = "a <= b",
                                               .hypotheses = {"unit", "a > 0"},
                                               .source = "a paper",
                                               .program = &fixture_program},
                                              {0}};
static const pl_claim *const fixture_claims[] = {fixture_claim_list, NULL};
static const pl_figure fixture_figure_list[] = {{.id = "gaps", .caption = "It falls."}, {0}};
static const pl_figure *const fixture_figures[] = {fixture_figure_list, NULL};
static const pl_room fixture_room = {.name = "bounds",
                                     .programs = fixture_programs,
                                     .claims = fixture_claims,
                                     .figures = fixture_figures};
static const pl_room *const fixture_rooms[] = {&fixture_room, NULL};
static const pl_script fixture_scripts[] = {{"style", "set grid"}, {0}};
static const pl_registry fixture_registry = {.rooms = fixture_rooms, .scripts = fixture_scripts};

static const char *const setup_lines[] = {"SEED = int(\"{{seed}}\")", NULL};
static const lab_file fixture_files[] = {{"setup.py", setup_lines}, {0}};
static const lab_facts fixture_facts = {&fixture_registry, fixture_files, 7};

/* Lines 1 to 4 of every source; its cells begin in line 5. */
#define FIXTURE_HEADER "# title: T", "# question: Q?", "# minutes: 5", ""
#define FIXTURE_SOLUTION                                                                           \
    "# %% nbgrader={\"grade_id\": \"ans\", \"solution\": true}",                                   \
        "def gap(res):", "    ### BEGIN SOLUTION", "    return res", "    ### END SOLUTION"
#define FIXTURE_TEST                                                                               \
    "# %% nbgrader={\"grade_id\": \"test\", \"grade\": true, \"points\": 2}", "assert gap(1)",     \
        "### BEGIN HIDDEN TESTS", "assert gap(2) == 2", "### END HIDDEN TESTS"

#endif
