/* SPDX-License-Identifier: Apache-2.0
 * An emulator that serves the calls of rs2c_semihost.h. A line is sent at once: each call stops the emulated core.
 */
#include "rs2c_port.h"
#include "rs2c_semihost.h"
#include "rs2c_startup.h"

#define FAULT_STATUS 3 /* rs2c/firmware/run_program.py tells what it means */
#define LINE_LENGTH 128u
#ifdef __XTENSA__
#define STANDARD_OUTPUT 1
#else
#define STANDARD_OUTPUT rs2c_host_open(":tt", 1)
#endif

static char line[LINE_LENGTH];
static uint32_t length;
static int32_t output;

void rs2c_put_char(char character)
{
    line[length++] = character;
    if (character == '\n' || length == LINE_LENGTH) {
        (void)rs2c_host_write(output, line, length);
        length = 0u;
    }
}

void rs2c_fault(void)
{
    rs2c_host_exit(FAULT_STATUS);
}

int main(void)
{
    int status;

    output = STANDARD_OUTPUT;
    status = rs2c_main();
    rs2c_host_exit(status);
    return status;
}
