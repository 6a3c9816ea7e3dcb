/** Scales of ordered values, even to the eye and safe for colour-blind readers (matplotlib's, public domain). */

/** Nine steps of each, low to high. */
export const PALETTES = {
  viridis: [
    "#440154",
    "#472d7b",
    "#3b528b",
    "#2c728e",
    "#21918c",
    "#28ae80",
    "#5ec962",
    "#addc30",
    "#fde725",
  ],
  cividis: [
    "#00224e",
    "#123570",
    "#3b496c",
    "#575d6d",
    "#707173",
    "#8a8678",
    "#a59c74",
    "#c3b369",
    "#fee838",
  ],
} as const;
export type Palette = keyof typeof PALETTES;
