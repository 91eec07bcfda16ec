import { Helper, SideBySide, type TuneFolders, tuneFolders } from "@loam/finetuning";
import type { Store } from "@loam/store";

/** What the fine-tuning routes call besides the store. */
export interface TuneServices {
  folders: TuneFolders;
  helper: Helper;
  sideBySide: SideBySide;
  close(): Promise<void>;
}

export function openTuneServices(store: Store): TuneServices {
  const folders = tuneFolders(store);
  const helper = new Helper();
  const sideBySide = new SideBySide(folders);
  return {
    folders,
    helper,
    sideBySide,
    close: async () => {
      helper.close();
      await sideBySide.close();
    },
  };
}
