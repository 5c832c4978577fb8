/* Writing to descriptors that must take everything. */
#ifndef HUSK_COMMON_IO_H
#define HUSK_COMMON_IO_H

#include <stddef.h>

/* Writes all of text, waiting where it must. Returns 0, or -1 with errno. */
int io_write_all(int fd, const char *text, size_t length);

#endif
