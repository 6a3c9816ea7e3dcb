export * from "../../program.ts";
