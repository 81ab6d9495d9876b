/* As much of the Arduino core as the emitted sketches call, on the host. The program ends with the first delay(). */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

class __FlashStringHelper;
#define F(text) (reinterpret_cast<const __FlashStringHelper *>(text))

struct HostSerial {
    explicit operator bool() const { return true; }
    void begin(unsigned long) {}
    void println(const __FlashStringHelper *text) { puts(reinterpret_cast<const char *>(text)); }
    void print(double value, int digits) { value > 4294967040.0 ? printf("ovf") : printf("%.*f", digits, value); }
    void println(double value, int digits) { print(value, digits), puts(""); }
};
static HostSerial Serial;

static inline unsigned long millis() { return 0; }
static inline void delay(unsigned long) { exit(0); }

void setup();
void loop();

int main()
{
    setup();
    loop();
}

#endif
