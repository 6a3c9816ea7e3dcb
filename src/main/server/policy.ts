/** What a page of ours may do, as headers: the same in every host. */

/**
 * Nothing but what comes with Cambrian. Styles may be inline, because the terminal, the editor and the charts write style
 * elements; scripts may not.
 * @param connect further sources that the page may connect to
 */
export const contentSecurityPolicy = (connect: readonly string[] = []): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${["'self'", ...connect].join(" ")}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

/** Headers of every answer. */
export const securityHeaders = (connect?: readonly string[]): Record<string, string> => ({
  "Content-Security-Policy": contentSecurityPolicy(connect),
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
});
