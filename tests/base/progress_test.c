#include "base/progress.h"

#include <fcntl.h>
#include <unistd.h>

#include "tests/support.h"

/* Standard error becomes a terminal (or a pipe) of which the test reads the other end. */
static int other_end, kept;

static void redirect(int fd) {
    kept = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
    close(fd);
}

/* What has been shown since; a pending read would wait, hence non-blocking. */
static const char *shown(void) {
    static char s[4096];
    ssize_t n = read(other_end, s, sizeof s - 1);
    s[n > 0 ? n : 0] = '\0';
    return s;
}

static void restore(void) {
    ck_assert_int_ge(dup2(kept, STDERR_FILENO), 0);
    close(kept);
    close(other_end);
}

/* Fails if anything were shown within the first second, or more often than ten times a second, or
 * if the line stayed behind. */
START_TEST(a_terminal_sees_it_late_and_seldom) {
    other_end = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (other_end < 0 || grantpt(other_end) != 0 || unlockpt(other_end) != 0)
        return; /* no terminals here */
    redirect(open(ptsname(other_end), O_RDWR | O_NOCTTY));
    pl_progress quiet = pl_progress_start("quiet", 10, true);
    quiet.started -= 5;
    quiet.shown -= 5;
    pl_progress_step(&quiet, 1);
    pl_progress_end(&quiet);
    pl_progress p = pl_progress_start("images", 10, false);
    pl_progress_step(&p, 1);
    p.shown -= 5; /* long ago, but the first second is not over */
    pl_progress_step(&p, 1);
    ck_assert_str_eq(shown(), "");
    p.started -= 5;
    pl_progress_step(&p, 2);
    ck_assert_str_eq(shown(), "\rimages 2/10\033[K");
    pl_progress_step(&p, 3); /* at once */
    ck_assert_str_eq(shown(), "");
    pl_progress_end(&p);
    ck_assert_str_eq(shown(), "\r\033[K");
    pl_progress_end(&p); /* twice is fine */
    ck_assert_str_eq(shown(), "");
    pl_progress_note("about %d s", 3); /* at once, and it stays */
    ck_assert_str_eq(shown(), "about 3 s\r\n");
    restore();
}
END_TEST

/* Fails if a log file were filled with progress. */
START_TEST(a_pipe_sees_nothing) {
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    other_end = ends[0];
    redirect(ends[1]);
    pl_progress p = pl_progress_start("images", 10, false);
    p.started -= 5;
    p.shown -= 5;
    pl_progress_step(&p, 2);
    pl_progress_end(&p);
    ck_assert_str_eq(shown(), "");
    restore();
}
END_TEST

START_TEST(the_clock_goes_on) {
    double first = pl_seconds(), second = pl_seconds();
    ck_assert(second >= first && second - first < 60);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {a_terminal_sees_it_late_and_seldom, a_pipe_sees_nothing,
                                  the_clock_goes_on};
    return test_main("base/progress", tests, TEST_COUNT(tests));
}
