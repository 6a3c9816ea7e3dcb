/** A drawing of the program's as the source of an image: an image runs no scripts and loads nothing. */
export const pictureSource = (svg: string): string => `data:image/svg+xml,${encodeURIComponent(svg)}`;
