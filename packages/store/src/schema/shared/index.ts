export { keptBlobs, keptFiles, keptFolders } from "./folders.ts";
export { sealedValues, spentCodes } from "./settings.ts";
