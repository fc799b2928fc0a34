#include "train/settings.h"

#include <cblas.h>
#include <jansson.h>
#include <math.h>
#include <oneapi/dnnl/dnnl.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

const pl_option pl_settings_rows[] = {
    {"data", PL_OPT_TEXT, NULL, 0, 0, NULL, "NAME:DIR",
     "the images: fashion-mnist, mnist, cifar10, cifar100, ..., and where they are", 0},
    {"images", PL_OPT_INT, NULL, 2, 1e15, NULL, "N", "train on N of them; all unless given", 0},
    {"choose", PL_OPT_SPEC, "random", 0, 0, "random|balanced|first", NULL, "which N", 0},
    {"long-tail", PL_OPT_TEXT, NULL, 0, 0, NULL, "RULE",
     "exp:FACTOR or pareto[:ALPHA[,FACTOR]]: a long-tailed part of the images", 0},
    {"coarsen", PL_OPT_TEXT, NULL, 0, 0, NULL, "MAP",
     "0,0,1,1: the coarse class of each class, which becomes its subclass", 0},
    {"randbit", PL_OPT_INT, "0", 0, PL_MAX_BITS, NULL, "BITS", "RandBit channels of every image",
     0},
    {"augment", PL_OPT_TEXT, "crop(0.2,1) flip jitter(.4,.4,.4,.1;p=.8) gray(.2)", 0, 0, NULL,
     "SPEC", "steps of a view, or simclr, align-uniform, none", 0},
    {"model", PL_OPT_TEXT, "small-cnn", 0, 0, NULL, "NAME",
     "small-cnn, small-alexnet, resnet18, resnet50 or mlp:WIDTHS", 0},
    {"stem", PL_OPT_SPEC, "cifar", 0, 0, "cifar|imagenet", NULL, "of a ResNet", 0},
    {"projector", PL_OPT_TEXT, NULL, 0, 0, NULL, "WIDTHS",
     "1 to 3 widths, or none; 128,64 for small-cnn, 512,128 for ResNets", 0},
    {"projector-norm", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "BatchNorm after the projector's hidden layers", 0},
    {"precision", PL_OPT_SPEC, "f32", 0, 0, "f32|bf16", NULL, "of the convolutional trunk", 0},
    {"deterministic", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "direct convolutions only: no choice that looks at the processor", 0},
    {"loss", PL_OPT_TEXT, "ntxent", 0, 0, NULL, "NAME", "--losses lists them", 0},
    {"similarity", PL_OPT_SPEC, NULL, 0, 0, "cosine|dot|euclidean", NULL,
     "of two embeddings; cosine unless given", 0},
    {"tau", PL_OPT_REAL, "0.2", 1e-6, 1e6, NULL, NULL, "temperature", 0},
    {"lambda", PL_OPT_REAL, "1", 0, 1e6, NULL, NULL, "weight of repulsion (gntxent, bcl)", 0},
    {"nu", PL_OPT_REAL, "1", 1e-12, 1e6, NULL, NULL, "prototype norm (lee_total)", 0},
    {"t", PL_OPT_REAL, "2", 1e-6, 1e6, NULL, NULL, "scale of the Gaussian potential", 0},
    {"p", PL_OPT_REAL, "2", 1e-6, 1e6, NULL, NULL, "power of alignment", 0},
    {"sigma", PL_OPT_REAL, "0.5", 1e-6, 1e6, NULL, NULL, "temperature of DCLW's weights", 0},
    {"w-align", PL_OPT_REAL, "1", 0, 1e6, NULL, NULL, "weight of alignment", 0},
    {"w-uniform", PL_OPT_REAL, "1", 0, 1e6, NULL, NULL, "weight of uniformity", 0},
    {"vicreg", PL_OPT_LIST, "25,1,25", 0, 1e6, NULL, "A,B,C",
     "VICReg's weights: variance, covariance, invariance", 0},
    {"redundancy", PL_OPT_REAL, "0.005", 0, 1e6, NULL, NULL, "Barlow Twins' alpha", 0},
    {"beta", PL_OPT_REAL, "0.5", 0, 1, NULL, NULL, "share of SCL in spectral_joint", 0},
    {"r0", PL_OPT_REAL, "0", -1e6, 1e6, NULL, NULL, "margin of tri", 0},
    {"negatives", PL_OPT_INT, "1", 1, 1e6, NULL, "H", "of simp, tri and nce", 0},
    {"batch", PL_OPT_INT, "256", 1, 524288, NULL, "N", "images of a step; two views of each", 0},
    {"epochs", PL_OPT_INT, "10", 1, 1e6, NULL, NULL, NULL, 0},
    {"optimiser", PL_OPT_SPEC, "sgd", 0, 0, "sgd|lars|adamw", NULL, NULL, 0},
    {"lr", PL_OPT_REAL, NULL, 1e-12, 1e6, NULL, NULL,
     "learning rate; sgd 0.12, lars 0.3 x batch/256, adamw 0.001 unless given", 0},
    {"momentum", PL_OPT_REAL, "0.9", 0, 1, NULL, NULL, "of sgd and lars", 0},
    {"weight-decay", PL_OPT_REAL, NULL, 0, 1e3, NULL, NULL,
     "biases and norms are left out; sgd 1e-4, lars 1e-6, adamw 0.01 unless given", 0},
    {"schedule", PL_OPT_SPEC, "cosine", 0, 0, "cosine|steps|constant", NULL, NULL, 0},
    {"warmup", PL_OPT_REAL, "1", 0, 1e6, NULL, "EPOCHS", "of linear rise", 0},
    {"milestones", PL_OPT_LIST, NULL, 0, 1e6, NULL, "E,E,...", "epochs of --schedule steps", 0},
    {"factor", PL_OPT_REAL, "0.1", 1e-6, 1, NULL, NULL, "at each milestone", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of weights, order and views", 0},
    {"monitor", PL_OPT_INT, NULL, 2, 1e6, NULL, "N",
     "images of the theory columns; 512, or a 16th of the images if that is fewer, unless given",
     0},
    {"monitor-views", PL_OPT_INT, "4", 2, 64, NULL, "V", "views of each", 0},
    {"every", PL_OPT_INT, NULL, 0, 1e6, NULL, "E",
     "theory columns every E epochs, 0: never; 1 unless given, more where epochs of few steps "
     "would "
     "spend over a twentieth of their time on them",
     0},
    {"probe-every", PL_OPT_INT, "0", 0, 1e6, NULL, "E", "probes every E epochs; 0: never", 0},
    {"save-every", PL_OPT_INT, "0", 0, 1e9, NULL, "STEPS",
     "checkpoints between the epochs' ends, too; 0: none", 0},
    {"steps", PL_OPT_INT, NULL, 1, 1e15, NULL, "N",
     "stop after N steps of this call; --resume goes on", 0},
    {"threads", PL_OPT_INT, NULL, 1, 1024, NULL, NULL, "threads, all cores unless given", 0},
    {"out", PL_OPT_TEXT, NULL, 0, 0, NULL, "RUN", "the run's directory", 'o'},
    {"overwrite", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "replace a run that is there", 0},
    {"resume", PL_OPT_TEXT, NULL, 0, 0, NULL, "RUN", "go on from its last checkpoint", 0},
    {"plan-ranks", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "time a few steps and project to 64 ranks of mpirun; trains no run", 0},
    {"json", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "of --plan-ranks: one JSON object", 0},
    {"csv", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "of --plan-ranks: CSV", 0},
    {"losses", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "list the losses with their formulas", 0},
    {"quiet", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "no line an epoch, no progress", 'q'},
    {0}};

/* Options of a call, not of a run. */
static bool of_call(const char *name) {
    static const char *const names[] = {"steps",       "threads",    "out",   "overwrite",
                                        "resume",      "losses",     "quiet", "save-every",
                                        "probe-every", "plan-ranks", "json",  "csv"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* The data are known by their hash, not by where they are. */
static bool decides_bits(const char *name) {
    return !of_call(name) && strcmp(name, "data") != 0;
}

/* ---- options to struct -------------------------------------------------------------------- */

static void take_loss(const pl_options *o, pl_criterion_spec *c) {
    static const struct {
        const char *name;
        pl_similarity similarity;
    } words[] = {{"cosine", PL_BY_COSINE}, {"dot", PL_BY_DOT}, {"euclidean", PL_BY_DISTANCE}};
    size_t count;
    *c = pl_criterion_defaults();
    c->loss = pl_option_text(o, "loss");
    c->params.alpha = 1 / pl_option_real(o, "tau");
    c->params.lambda = pl_option_real(o, "lambda");
    c->params.nu = pl_option_real(o, "nu");
    c->params.t = pl_option_real(o, "t");
    c->params.p = pl_option_real(o, "p");
    c->params.sigma = pl_option_real(o, "sigma");
    c->params.w_align = pl_option_real(o, "w-align");
    c->params.w_uniform = pl_option_real(o, "w-uniform");
    c->redundancy = pl_option_real(o, "redundancy");
    c->beta = pl_option_real(o, "beta");
    c->r0 = pl_option_real(o, "r0");
    c->negatives = (size_t)pl_option_int(o, "negatives");
    c->similarity_given = pl_option_has(o, "similarity");
    for (size_t i = 0; c->similarity_given && i < 3; i++)
        if (strcmp(pl_option_spec(o, "similarity", NULL), words[i].name) == 0)
            c->params.similarity = words[i].similarity;
    const double *weights = pl_option_list(o, "vicreg", &count);
    if (count == 3) {
        c->variance = weights[0];
        c->covariance = weights[1];
        c->invariance = weights[2];
    }
}

static const char *take_projector(const pl_options *o, const char *model) {
    const char *given = pl_option_text(o, "projector");
    if (given)
        return strcmp(given, "none") == 0 ? "" : given;
    return strncmp(model, "resnet", 6) == 0 ? "512,128" : "128,64";
}

static void take_net(const pl_options *o, pl_net_spec *n) {
    *n = pl_net_defaults();
    n->model = pl_option_text(o, "model");
    n->imagenet_stem = strcmp(pl_option_spec(o, "stem", NULL), "imagenet") == 0;
    n->projector = take_projector(o, n->model);
    n->projector_norm = pl_option_flag(o, "projector-norm");
    n->precision =
        strcmp(pl_option_spec(o, "precision", NULL), "bf16") == 0 ? PL_NET_BF16 : PL_NET_F32;
    n->deterministic = pl_option_flag(o, "deterministic");
    n->seed = pl_option_seed(o, "seed");
}

static void take_optimiser(const pl_options *o, size_t batch, pl_settings *s) {
    const double rate[] = {
        [PL_SGD] = 0.12, [PL_LARS] = 0.3 * (double)batch / 256, [PL_ADAMW] = 1e-3};
    pl_optimiser_kind kind = PL_SGD;
    pl_optimiser_named(pl_option_spec(o, "optimiser", NULL), &kind);
    s->optimiser = pl_optimiser_defaults(kind);
    s->optimiser.momentum = pl_option_real(o, "momentum");
    if (pl_option_has(o, "weight-decay"))
        s->optimiser.weight_decay = pl_option_real(o, "weight-decay");
    s->schedule.rate = pl_option_has(o, "lr") ? pl_option_real(o, "lr") : rate[kind];
}

static pl_status take_schedule(pl_ctx *ctx, const pl_options *o, pl_settings *s) {
    const char *word = pl_option_spec(o, "schedule", NULL);
    size_t count;
    const double *at = pl_option_list(o, "milestones", &count);
    s->schedule.kind = strcmp(word, "cosine") == 0  ? PL_COSINE
                       : strcmp(word, "steps") == 0 ? PL_STEPS
                                                    : PL_CONSTANT;
    s->schedule.factor = pl_option_real(o, "factor");
    s->warmup_epochs = pl_option_real(o, "warmup");
    if (count > PL_SCHEDULE_STEPS)
        return pl_fail(ctx, PL_EUSAGE, "--milestones has %zu epochs, at most %d can be given",
                       count, PL_SCHEDULE_STEPS);
    if (s->schedule.kind == PL_STEPS && count == 0)
        return pl_fail(ctx, PL_EUSAGE, "--schedule steps wants --milestones E,E,...");
    for (size_t i = 0; i < count; i++) {
        if (at[i] != floor(at[i]))
            return pl_fail(ctx, PL_EUSAGE, "--milestones: %g is no whole number of epochs", at[i]);
        s->schedule.at[i] = (uint64_t)at[i];
    }
    s->schedule.n_at = count;
    return PL_OK;
}

pl_status pl_settings_take(pl_ctx *ctx, const pl_options *o, pl_settings *out) {
    pl_status status;
    size_t weights;
    pl_settings s = {.data = pl_option_text(o, "data"),
                     .out = pl_option_text(o, "out"),
                     .long_tail = pl_option_text(o, "long-tail"),
                     .coarsen = pl_option_text(o, "coarsen"),
                     .randbit = (size_t)pl_option_int(o, "randbit"),
                     .images = (size_t)pl_option_int(o, "images"),
                     .batch = (size_t)pl_option_int(o, "batch"),
                     .epochs = (size_t)pl_option_int(o, "epochs"),
                     .every = pl_option_has(o, "every") ? (size_t)pl_option_int(o, "every")
                                                        : PL_EVERY_AS_CHEAP,
                     .monitor = (size_t)pl_option_int(o, "monitor"),
                     .monitor_views = (size_t)pl_option_int(o, "monitor-views"),
                     .probe_every = (size_t)pl_option_int(o, "probe-every"),
                     .save_every = (size_t)pl_option_int(o, "save-every"),
                     .steps = (size_t)pl_option_int(o, "steps"),
                     .seed = pl_option_seed(o, "seed")};
    const char *choice = pl_option_spec(o, "choose", NULL);
    s.choice = strcmp(choice, "first") == 0      ? PL_CHOOSE_FIRST
               : strcmp(choice, "balanced") == 0 ? PL_CHOOSE_BALANCED
                                                 : PL_CHOOSE_RANDOM;
    if (s.long_tail && s.images)
        return pl_fail(ctx, PL_EUSAGE, "--long-tail and --images exclude each other");
    if (!s.data)
        return pl_fail(ctx, PL_EUSAGE,
                       "which images? plumb train --data fashion-mnist --out runs/demo");
    pl_option_list(o, "vicreg", &weights);
    if (weights != 3)
        return pl_fail(ctx, PL_EUSAGE, "--vicreg has %zu numbers, expected 3", weights);
    take_net(o, &s.net);
    s.net.batch = PL_CRITERION_VIEWS * s.batch;
    const char *reason = pl_net_check(&s.net);
    if (reason)
        return pl_fail(ctx, PL_EUSAGE, "--model %s --projector %s: %s", s.net.model,
                       s.net.projector, reason);
    take_loss(o, &s.loss);
    take_optimiser(o, s.batch, &s);
    reason = pl_optimiser_check(&s.optimiser);
    if (reason)
        return pl_fail(ctx, PL_EUSAGE, "--optimiser %s: %s", pl_option_text(o, "optimiser"),
                       reason);
    PL_TRY(take_schedule(ctx, o, &s));
    PL_TRY(pl_augment_parse(ctx, pl_option_text(o, "augment"), &s.augment));
    *out = s;
done:
    return status;
}

pl_status pl_settings_schedule(pl_ctx *ctx, const pl_settings *s, uint64_t epoch_steps,
                               pl_schedule *out) {
    pl_schedule schedule = s->schedule;
    schedule.total = s->epochs * epoch_steps;
    schedule.warmup = (uint64_t)llround(s->warmup_epochs * (double)epoch_steps);
    if (schedule.warmup >= schedule.total) /* a short run: half of it */
        schedule.warmup = schedule.total / 2;
    for (size_t i = 0; i < schedule.n_at; i++)
        schedule.at[i] *= epoch_steps;
    const char *reason = pl_schedule_check(&schedule);
    if (reason)
        return pl_fail(ctx, PL_EUSAGE, "the schedule of the learning rate: %s", reason);
    *out = schedule;
    return PL_OK;
}

/* ---- as JSON ------------------------------------------------------------------------------ */

static json_t *object_of(const pl_options *o, bool (*wanted)(const char *)) {
    json_t *object = json_object();
    for (size_t i = 0; i < pl_options_count(o); i++) {
        const char *name = pl_options_row(o, i)->name, *value = pl_options_value(o, i);
        if (value && wanted(name))
            json_object_set_new(object, name, json_string(value));
    }
    return object;
}

static bool stored(const char *name) {
    return strcmp(name, "overwrite") != 0 && strcmp(name, "resume") != 0 &&
           strcmp(name, "steps") != 0 && strcmp(name, "out") != 0 && strcmp(name, "quiet") != 0;
}

static pl_status dump(pl_ctx *ctx, json_t *object, pl_text *out) {
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(object);
    if (!text)
        return pl_fail(ctx, PL_ENOMEM, "out of memory while the settings are written");
    pl_text_add(out, text);
    free(text);
    return pl_text_status(ctx, out);
}

pl_status pl_settings_json(pl_ctx *ctx, const pl_options *o, pl_text *out) {
    return dump(ctx, object_of(o, stored), out);
}

pl_status pl_settings_hash(pl_ctx *ctx, const pl_options *o, const char *data_hash, char out[65]) {
    pl_text text = {0};
    char hash[SHA256_DIGEST_STRING_LENGTH];
    pl_status status = dump(ctx, object_of(o, decides_bits), &text);
    pl_text_add(&text, data_hash);
    if (status == PL_OK)
        status = pl_text_status(ctx, &text);
    if (status == PL_OK) {
        SHA256Data((const unsigned char *)pl_text_get(&text), strlen(pl_text_get(&text)), hash);
        memcpy(out, hash, sizeof hash);
    }
    pl_text_free(&text);
    return status;
}

/* ---- as lines ----------------------------------------------------------------------------- */

/* A machine has its own threads, and its own place for the images; rank 0 alone speaks. */
static bool of_machine(const char *name) {
    return strcmp(name, "threads") == 0 || strcmp(name, "data") == 0 || strcmp(name, "quiet") == 0;
}

pl_status pl_settings_lines(pl_ctx *ctx, const pl_options *o, const char *data_hash, pl_text *out) {
    pl_text_printf(out, "version %s\ninstruction set 0x%x\nBLAS kernel %s\ndata's SHA-256 %.12s\n",
                   PL_VERSION, (unsigned)dnnl_get_effective_cpu_isa(), openblas_get_corename(),
                   data_hash);
    for (size_t i = 0; i < pl_options_count(o); i++) {
        const char *name = pl_options_row(o, i)->name, *value = pl_options_value(o, i);
        if (!of_machine(name))
            pl_text_printf(out, "--%s %s\n", name, value ? value : "(unset)");
    }
    return pl_text_status(ctx, out);
}

/* ---- resuming ----------------------------------------------------------------------------- */

/* Whether two texts mean one value: 1e-3 is 0.001. */
static bool same(const char *a, const char *b) {
    double x, y;
    if (!a || !b)
        return !a && !b;
    return strcmp(a, b) == 0 || (pl_parse_real(a, &x) && pl_parse_real(b, &y) && x == y);
}

static pl_status compare(pl_ctx *ctx, const pl_options *was, const pl_options *is) {
    pl_text differences = {0};
    for (size_t i = 0; i < pl_options_count(is); i++) {
        const char *name = pl_options_row(is, i)->name;
        const char *a = pl_options_value(was, i), *b = pl_options_value(is, i);
        if (decides_bits(name) && !same(a, b))
            pl_text_printf(&differences, "%s--%s %s is %s there", differences.length ? ", " : "",
                           name, b ? b : "(unset)", a ? a : "(unset)");
    }
    pl_status status = pl_text_status(ctx, &differences);
    if (status == PL_OK && differences.length)
        status = pl_fail(ctx, PL_EUSAGE,
                         "the checkpoint is of another run: %s; leave these options out, or start "
                         "a new run with --out",
                         pl_text_get(&differences));
    pl_text_free(&differences);
    return status;
}

/* "--name=value" words of a stored object; `word` has room for them all. */
static pl_status words_of(pl_ctx *ctx, json_t *object, char **word, size_t *count) {
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        pl_text text = {0};
        const pl_option *row = pl_settings_rows;
        while (row->name && strcmp(row->name, name) != 0)
            row++;
        if (!json_is_string(value) || !row->name)
            return pl_fail(ctx, PL_EINPUT, "the checkpoint's setting '%s' is unknown here", name);
        if (row->kind == PL_OPT_FLAG)
            pl_text_printf(&text, "--%s", name);
        else
            pl_text_printf(&text, "--%s=%s", name, json_string_value(value));
        if (pl_text_status(ctx, &text))
            return PL_ENOMEM;
        word[(*count)++] = text.s;
    }
    return PL_OK;
}

pl_status pl_settings_resume(pl_ctx *ctx, const char *stored_text, int argc, char *const *argv,
                             pl_options **out) {
    pl_status status = PL_OK;
    json_error_t error;
    json_t *object = json_loads(stored_text, JSON_REJECT_DUPLICATES, &error);
    char **word = NULL;
    size_t count = 0;
    pl_options *was = NULL, *is = NULL;
    if (!json_is_object(object)) {
        status = pl_fail(ctx, PL_EINPUT, "the checkpoint's settings are no JSON object");
        goto done;
    }
    PL_NEW(ctx, word, json_object_size(object) + (size_t)argc);
    PL_TRY(words_of(ctx, object, word, &count));
    PL_TRY(pl_options_parse(ctx, pl_settings_rows, NULL, NULL, (int)count, word, &was));
    for (int i = 0; i < argc; i++)
        word[count + (size_t)i] = argv[i];
    PL_TRY(pl_options_parse(ctx, pl_settings_rows, NULL, NULL, (int)count + argc, word, &is));
    PL_TRY(compare(ctx, was, is));
    *out = is;
    is = NULL;
done:
    for (size_t i = 0; i < count; i++)
        free(word[i]); /* pl_text's memory */
    pl_free(word);
    json_decref(object);
    pl_options_free(was);
    pl_options_free(is);
    return status;
}
