/** Random names. Not `crypto.randomUUID`: browsers have that only where the page came over TLS, or from localhost. */

/** 128 random bits, hexadecimal. */
export function createRandomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
