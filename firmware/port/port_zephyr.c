/* SPDX-License-Identifier: Apache-2.0
 * Zephyr: the console.
 */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "rs2c_port.h"

void rs2c_put_char(char character)
{
    printk("%c", character);
}

int main(void)
{
#ifdef PIO_UNIT_TESTING
    k_msleep(2000); /* PlatformIO opens the port once the board runs */
    return rs2c_main();
#else
    for (;;) {
        (void)rs2c_main();
        k_msleep(3000); /* again, for a monitor that is opened later */
    }
#endif
}
