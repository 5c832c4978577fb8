/* The posture as JSON, for the started line of --status-fd and --status-file. Pure. */
#ifndef HUSK_INIT_POSTURE_JSON_H
#define HUSK_INIT_POSTURE_JSON_H

#include <stddef.h>

#include "init/posture.h"

/* Room for any posture: five notes of 200 bytes, each byte escaped at worst into six, would pass a line's 4096; those are cut. */
enum { POSTURE_JSON_SIZE = 2560 };

/* Writes one JSON object into buf. The schema is in the README. */
void posture_json(const struct posture *posture, char buf[POSTURE_JSON_SIZE]);

#endif
