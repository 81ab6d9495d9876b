/* SPDX-License-Identifier: Apache-2.0
 * Arduino: the port called Serial, which on boards with native USB is there only once a computer has opened it.
 */
#include <Arduino.h>

#include "rs2c_port.h"

static const unsigned long BAUD = 115200UL;
static const unsigned long LONGEST_WAIT_MS = 4000UL;
#ifdef PIO_UNIT_TESTING
static const unsigned long WAIT_FOR_READER_MS = 2000UL; /* PlatformIO opens the port once the board runs */
#else
static const unsigned long REPEAT_MS = 3000UL; /* for a monitor that is opened later */
#endif

void rs2c_put_char(char character)
{
    Serial.write(static_cast<uint8_t>(character));
}

void setup()
{
    Serial.begin(BAUD);
    while (!Serial && millis() < LONGEST_WAIT_MS) {
        delay(10);
    }
#ifdef PIO_UNIT_TESTING
    delay(WAIT_FOR_READER_MS);
#endif
    (void)rs2c_main();
    Serial.flush();
}

void loop()
{
#ifdef PIO_UNIT_TESTING
    delay(1000);
#else
    delay(REPEAT_MS);
    (void)rs2c_main();
#endif
}
