/** Characters (text, hex, the part of an e-mail address before the @) or bytes of a token where the rule does not say. */
export const defaultLengths = { text: 22, hex: 32, email: 16, bytes: 16 } as const;
