#ifndef PL_CLAIM_TOPICS_H
#define PL_CLAIM_TOPICS_H
/* The conventions that help and the man page explain, and the list of commands both begin with. */

#include "claim/program.h"

typedef struct pl_topic {
    const char *name, *summary; /* name NULL ends */
    void (*write)(pl_text *out);
} pl_topic;

extern const pl_topic pl_topics[];

/** Every command, tool and room: `row` is printed with its usage and its summary. */
void pl_commands_list(const pl_registry *registry, const char *row, pl_text *out);

#endif
