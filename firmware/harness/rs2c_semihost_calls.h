/* SPDX-License-Identifier: Apache-2.0
 * semihost.h by the calls that Arm defined and RISC-V took over ("Semihosting for AArch32 and AArch64", version 2.0).
 * The including file has rs2c_host_call, which is all that differs.
 */
#ifndef RS2C_SEMIHOST_CALLS_H
#define RS2C_SEMIHOST_CALLS_H

#include "rs2c_semihost.h"

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT_EXTENDED = 0x20 };
enum { MODE_RB = 1, MODE_WB = 5 };
#define ADP_STOPPED_APPLICATION_EXIT 0x20026u

static int32_t rs2c_host_call(uint32_t call, const uint32_t *arguments);

int32_t rs2c_host_open(const char *name, int write)
{
    uint32_t length = 0, block[3];

    while (name[length] != '\0') {
        length++;
    }
    block[0] = (uint32_t)(uintptr_t)name;
    block[1] = write ? MODE_WB : MODE_RB;
    block[2] = length;
    return rs2c_host_call(SYS_OPEN, block);
}

/* Both calls return the bytes that were not moved, or -1. */
static int32_t moved(uint32_t call, int32_t file, uintptr_t data, uint32_t bytes)
{
    const uint32_t block[3] = {(uint32_t)file, (uint32_t)data, bytes};
    const int32_t left = rs2c_host_call(call, block);

    return left < 0 ? left : (int32_t)(bytes - (uint32_t)left);
}

int32_t rs2c_host_read(int32_t file, void *data, uint32_t bytes)
{
    return moved(SYS_READ, file, (uintptr_t)data, bytes);
}

int32_t rs2c_host_write(int32_t file, const void *data, uint32_t bytes)
{
    return moved(SYS_WRITE, file, (uintptr_t)data, bytes);
}

void rs2c_host_exit(int32_t status)
{
    const uint32_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)status};

    for (;;) {
        (void)rs2c_host_call(SYS_EXIT_EXTENDED, block);
    }
}

#endif
