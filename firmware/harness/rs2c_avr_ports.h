/* SPDX-License-Identifier: Apache-2.0
 * What avr_main.c and simavr_host.c speak through: general purpose I/O registers of an ATmega, which no device uses.
 * By their numbers as I/O registers; in the data space they stand 32 bytes further on.
 */
#ifndef RS2C_AVR_PORTS_H
#define RS2C_AVR_PORTS_H

#define RS2C_INPUT 0x1E /* GPIOR0: a read takes the next byte of the raw vectors; after the last one the run is over */
#define RS2C_OUTPUT 0x2A /* GPIOR1: a write is the next byte of the results */
#define RS2C_MARK 0x2B /* GPIOR2: a write is the beginning or the end of an inference */

#endif
