/* SPDX-License-Identifier: Apache-2.0
 * Reads raw records from the file raw.bin until its end and writes one int32 record for each to records.bin: x, scores,
 * answers. Memory for one vector only: the smallest machine has 16 KB.
 */
#include "rs2c_infer.h"
#include "rs2c_semihost.h"
#include "rs2c_startup.h"

/* rs2c/simulate/qemu.py tells what each means. */
enum { RS2C_EXIT_FILES = 2, RS2C_EXIT_FAULT = 3 };

static rs2c_raw_t raw[RS2C_N_FEATURES];
static int32_t record[RS2C_RECORD];

void rs2c_fault(void)
{
    rs2c_host_exit(RS2C_EXIT_FAULT);
}

int main(void)
{
    const int32_t input = rs2c_host_open("raw.bin", 0);
    const int32_t output = rs2c_host_open("records.bin", 1);
    int32_t bytes = 0;

    if (input < 0 || output < 0) {
        rs2c_host_exit(RS2C_EXIT_FILES);
    }
    while ((bytes = rs2c_host_read(input, raw, sizeof raw)) == (int32_t)sizeof raw) {
        rs2c_run_vector(raw, record);
        if (rs2c_host_write(output, record, sizeof record) != (int32_t)sizeof record) {
            rs2c_host_exit(RS2C_EXIT_FILES);
        }
    }
    rs2c_host_exit(bytes == 0 ? 0 : RS2C_EXIT_FILES);
    return 0;
}
