/* SPDX-License-Identifier: Apache-2.0
 * What a program of firmware/ needs of the place it runs in. One port_*.c or .cpp is compiled with it: it holds the
 * environment's entry point, calls rs2c_main, and ends with the status that it returns where there is an end. On a
 * board without one the program runs again every few seconds, but a self-test only once.
 */
#ifndef RS2C_PORT_H
#define RS2C_PORT_H

#ifdef __cplusplus
extern "C" {
#endif

/* The program: 0 is success. */
int rs2c_main(void);

/* Sends one character to whoever watches: standard output, the emulator, or the serial port (115200 baud, 8N1). */
void rs2c_put_char(char character);

#ifdef __cplusplus
}
#endif

#endif
