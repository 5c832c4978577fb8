/* Numbers as a user writes them, strictly: digits only, no sign, no space, no prefix, no overflow. */
#ifndef HUSK_COMMON_NUM_H
#define HUSK_COMMON_NUM_H

#include <stdint.h>

/* Reads a decimal number from 0 to max. Returns 0, or -1 with *out unchanged. Leading zeros are accepted. */
int num_u32(const char *text, uint32_t max, uint32_t *out);

/* Reads "500ms", "10s", "5m", "1h" into milliseconds, at most 10,000 days. Returns 0, or -1 with *out unchanged. */
int num_time_ms(const char *text, int64_t *out);

#endif
