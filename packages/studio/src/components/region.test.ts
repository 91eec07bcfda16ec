import { expect, test } from "vitest";
import { readRegions, writeRegions } from "./region.ts";

test("regions come back from a link as they went in, to a tenth of a point", () => {
  const regions = [
    { page: 2, box: [72, 700.04, 300.25, 780] as const },
    { page: 3, box: [72, 60, 300, 90] as const },
  ];
  expect(writeRegions(regions)).toBe("2:72,700,300.3,780~3:72,60,300,90");
  expect(readRegions(writeRegions(regions))).toEqual([
    { page: 2, box: [72, 700, 300.3, 780] },
    { page: 3, box: [72, 60, 300, 90] },
  ]);
});

test.each([undefined, "", "3", "0:1,2,3,4", "2:5,5,1,1", "2:a,b,c,d", "1:1,2,3"])("%s holds no region", (text) => {
  expect(readRegions(text)).toEqual([]);
});
