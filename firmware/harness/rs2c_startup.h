/* SPDX-License-Identifier: Apache-2.0
 * What startup.c and the startup_<architecture>.c beside it share. The latter has rs2c_reset, where a program begins:
 * it sets the stack pointer to rs2c_stack_top, sends every exception of the core to rs2c_fault, and calls rs2c_start.
 */
#ifndef RS2C_STARTUP_H
#define RS2C_STARTUP_H

#include <stdint.h>

extern uint32_t rs2c_stack_top[];

void rs2c_reset(void);
void rs2c_start(void);
void rs2c_fault(void);
void rs2c_done(void);

#endif
