/* Giving memory back before the long wait. */
#ifndef HUSK_INIT_SLIM_H
#define HUSK_INIT_SLIM_H

/* Lets go of the pages that only the start needed: code and constants (the file has them still), and the stack below. Pure saving;
 * nothing depends on it, and a kernel that refuses it is no trouble. */
void slim_down(void);

#endif
