/* real.h - logarithm, exponential and power in plain IEEE 754 arithmetic.
 *
 * libm may round its last bit differently on another processor, and then the same
 * seed would not give the same bytes there. These use only + - * / and scaling by
 * powers of two, which are exact to the last bit everywhere; the relative error is
 * below 1e-14. */
#ifndef MESHQ_REAL_H
#define MESHQ_REAL_H

/* The natural logarithm; x above 0 and finite. */
double real_log(double x);

/* e to the x; 0 or infinity where the result does not fit. */
double real_exp(double x);

/* x to the y; x above 0. */
double real_pow(double x, double y);

#endif
