/* SPDX-License-Identifier: Apache-2.0
 * The smallest caller of a library. It is linked twice, with the library and (startup.c) with empty stand-ins for it;
 * the difference is what the library costs.
 */
#include "rs2c_harness.h"

extern const rs2c_raw_t rs2c_raw[];
extern rs2c_feature_t rs2c_x[];
extern int32_t rs2c_records[];

int main(void)
{
    rs2c_quantize(rs2c_raw, rs2c_x);
    RS2C_ANSWER(rs2c_x, rs2c_records);
    return 0;
}
