/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "rs2c_port.h"

void rs2c_put_char(char character)
{
    (void)putchar(character);
}

int main(void)
{
    return rs2c_main();
}
