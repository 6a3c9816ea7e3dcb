/** What Markdown of unknown origin may do on a page. */

/** Only https, and no address that hides its host behind a user name. */
export function isOpenable(href: string | undefined): href is string {
  if (!href) return false;
  try {
    const { protocol, username, password } = new URL(href);
    return protocol === "https:" && username === "" && password === "";
  } catch {
    return false;
  }
}

/** Level on the page of a heading of the text, when its highest ones are to be `top`. */
export const headingLevel = (level: number, top: number): number => Math.min(6, level + top - 1);
