/* Giving memory back before the long wait. */
#ifndef HUSK_INIT_SLIM_H
#define HUSK_INIT_SLIM_H

#include <stddef.h>

/* Names an object whose whole pages slim_down lets go of too; they read as zeros afterwards. */
void slim_forget_later(void *object, size_t size);

/* Lets go of the pages that only the start needed: code and constants (the file has them still), and the stack below. Pure saving;
 * nothing depends on it, and a kernel that refuses it is no trouble. */
void slim_down(void);

#endif
