/** The knowledge base: what papers of the field found, retrieved by symptom, and extended by the user after review. */
export { openDesk } from "./desk.ts";
export { loadCognition } from "./load.ts";
export { createCognition } from "./retrieve.ts";
