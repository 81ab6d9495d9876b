/* SPDX-License-Identifier: Apache-2.0
 * An ATmega without a framework: the serial port, then sleep with interrupts off, which is where simavr ends.
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "rs2c_port.h"

#define BAUD 115200UL

void rs2c_put_char(char character)
{
    while ((UCSR0A & (1 << UDRE0)) == 0) {
    }
    UDR0 = (uint8_t)character;
}

int main(void)
{
    UCSR0A = 1 << U2X0;
    UBRR0 = (uint16_t)((F_CPU + 4UL * BAUD) / (8UL * BAUD) - 1UL);
    UCSR0C = (1 << UCSZ01) | (1 << UCSZ00);
    UCSR0B = 1 << TXEN0;
    (void)rs2c_main();
    while ((UCSR0A & (1 << UDRE0)) == 0) {
    }
    cli();
    sleep_enable();
    for (;;) {
        sleep_cpu();
    }
}
