/* SPDX-License-Identifier: Apache-2.0
 * Files and the exit status of the computer that runs the emulator. One implementation file for each architecture:
 * semihost_arm.c, semihost_riscv.c, semihost_xtensa.c.
 */
#ifndef RS2C_SEMIHOST_H
#define RS2C_SEMIHOST_H

#include <stdint.h>

/* A file of the emulator's working folder, binary; `write` not 0 makes it anew. Returns its number, below 0 on failure. */
int32_t rs2c_host_open(const char *name, int write);

/* Return the bytes that were read (fewer at the file's end) or written; below 0 on failure. */
int32_t rs2c_host_read(int32_t file, void *data, uint32_t bytes);
int32_t rs2c_host_write(int32_t file, const void *data, uint32_t bytes);

/* Ends the emulator with this exit status, 0 to 255; does not return. */
void rs2c_host_exit(int32_t status);

#endif
