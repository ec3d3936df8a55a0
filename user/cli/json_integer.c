// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cli/json_integer.h"

bool xm_json_integer(const json_t *value, long long min, long long max, long long *ret)
{
	double number = json_real_value(value);

	*ret = json_integer_value(value);
	if (json_is_integer(value))
		return *ret >= min && *ret <= max;
	if (!json_is_real(value) || number < min || number > max)
		return false;
	*ret = number;
	return *ret == number;
}
