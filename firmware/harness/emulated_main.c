/* SPDX-License-Identifier: Apache-2.0
 * Runs a batch of vectors. The linker script says where the emulator has put the raw records and the room for
 * results.
 */
#include "rs2c_infer.h"

extern const uint32_t rs2c_vectors;
extern const rs2c_raw_t rs2c_raw[];
extern int32_t rs2c_records[];

int main(void)
{
    const rs2c_raw_t *raw = rs2c_raw;
    int32_t *record = rs2c_records;
    uint32_t n;

    for (n = 0; n < rs2c_vectors; n++) {
        rs2c_run_vector(raw, record);
        raw += RS2C_N_FEATURES;
        record += RS2C_RECORD;
    }
    return 0;
}
