/* SPDX-License-Identifier: Apache-2.0
 * rs2c_semihost.h by the simulator calls of Xtensa, which QEMU serves under -semihosting: number in a2, arguments in a3
 * to a5, result in a2.
 */
#include "rs2c_semihost.h"

#define SIMCALL_EXIT 1
#define SIMCALL_READ 3
#define SIMCALL_WRITE 4
#define SIMCALL_OPEN 5
/* Numbers of the computer that runs QEMU, which hands them on as they are: Linux. */
#define OPEN_WRITE_CREATE_TRUNCATE 0x241
#define OPEN_MODE 0600

static int32_t simcall(int32_t number, uintptr_t first, uintptr_t second, uintptr_t third)
{
    register int32_t a2 __asm__("a2") = number;
    register uintptr_t a3 __asm__("a3") = first;
    register uintptr_t a4 __asm__("a4") = second;
    register uintptr_t a5 __asm__("a5") = third;

    /* SIMCALL, which not every assembler knows by its name */
    __asm__ volatile(".byte 0x00, 0x51, 0x00" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
    return a2;
}

int32_t rs2c_host_open(const char *name, int write)
{
    return simcall(SIMCALL_OPEN, (uintptr_t)name, write ? OPEN_WRITE_CREATE_TRUNCATE : 0, OPEN_MODE);
}

int32_t rs2c_host_read(int32_t file, void *data, uint32_t bytes)
{
    return simcall(SIMCALL_READ, (uintptr_t)file, (uintptr_t)data, bytes);
}

int32_t rs2c_host_write(int32_t file, const void *data, uint32_t bytes)
{
    return simcall(SIMCALL_WRITE, (uintptr_t)file, (uintptr_t)data, bytes);
}

void rs2c_host_exit(int32_t status)
{
    for (;;) {
        (void)simcall(SIMCALL_EXIT, (uintptr_t)status, 0, 0);
    }
}
