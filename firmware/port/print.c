/* SPDX-License-Identifier: Apache-2.0 */
#include "rs2c_print.h"

void rs2c_print(const char *text)
{
    while (*text != '\0') {
        rs2c_put_char(*text++);
    }
}

/* Subtracts the power of ten as often as it goes. */
static uint32_t print_digit(uint32_t value, uint32_t power, uint8_t *shown)
{
    char digit = '0';

    while (value >= power) {
        value -= power;
        digit++;
    }
    if (*shown || digit != '0' || power == 1UL) {
        rs2c_put_char(digit);
        *shown = 1;
    }
    return value;
}

void rs2c_print_decimal(uint32_t value)
{
    uint8_t shown = 0;

    value = print_digit(value, 1000000000UL, &shown);
    value = print_digit(value, 100000000UL, &shown);
    value = print_digit(value, 10000000UL, &shown);
    value = print_digit(value, 1000000UL, &shown);
    value = print_digit(value, 100000UL, &shown);
    value = print_digit(value, 10000UL, &shown);
    value = print_digit(value, 1000UL, &shown);
    value = print_digit(value, 100UL, &shown);
    value = print_digit(value, 10UL, &shown);
    (void)print_digit(value, 1UL, &shown);
}

void rs2c_print_signed(int32_t value)
{
    if (value < 0) {
        rs2c_put_char('-');
    }
    rs2c_print_decimal(value < 0 ? 0UL - (uint32_t)value : (uint32_t)value);
}

void rs2c_print_hex(uint32_t value)
{
    uint8_t digit;

    for (digit = 0; digit < 8; digit++) {
        const uint8_t nibble = (uint8_t)(value >> 28);

        rs2c_put_char((char)(nibble < 10 ? '0' + nibble : 'a' + (nibble - 10)));
        value <<= 4;
    }
}
