/** Running text as it stands in one line. */

/** Up to the first full stop before a capital, so that "HGRN (Qin et al. 2023)" is not cut; else all of it. */
export const firstSentence = (line: string): string => line.match(/^.*?[.!?](?=\s+\p{Lu}|$)/u)?.[0] ?? line;
