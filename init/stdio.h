/* Giving stdin, stdout and stderr to the user that the workload runs as. */
#ifndef HUSK_INIT_STDIO_H
#define HUSK_INIT_STDIO_H

#include <sys/types.h>

/* Makes uid the owner of pipes and terminals on 0 to 2, so that the workload can open /dev/stdout and /dev/stderr anew. Never of
 * files, sockets or other devices, which others share. A failure is tolerated: most workloads never need it. Needs CAP_CHOWN. */
void stdio_give(uid_t uid);

#endif
