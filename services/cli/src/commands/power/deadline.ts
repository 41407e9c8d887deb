/** BMCs take their time with power, ms. */
export const deadlineMs = 60_000;
