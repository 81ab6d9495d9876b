/* SPDX-License-Identifier: Apache-2.0
 * Text and numbers through rs2c_put_char. No C library, and no division: some cores have no routine for it.
 */
#ifndef RS2C_PRINT_H
#define RS2C_PRINT_H

#include <stdint.h>

#include "rs2c_port.h"

void rs2c_print(const char *text);
void rs2c_print_decimal(uint32_t value);
void rs2c_print_signed(int32_t value);
void rs2c_print_hex(uint32_t value); /* eight digits */

#endif
