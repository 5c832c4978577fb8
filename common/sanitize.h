/* Whether this build carries a sanitizer, whose run time makes system calls and maps memory of its own. */
#ifndef HUSK_COMMON_SANITIZE_H
#define HUSK_COMMON_SANITIZE_H

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif

#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

#endif
