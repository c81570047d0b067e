import { expect, test } from "vitest";
import { phoneText } from "./phone";

test.each([
  ["+593991234567", "+593 99 123 4567"], ["+14155550123", "+1 415 555 0123"], ["+5511912345678", "+55 11 91234 5678"], ["+50688887777", "+506 8888 7777"],
  ["+34600111222", "+34 60 011 1222"], ["Rosa Chango", "Rosa Chango"], ["@rosa", "@rosa"], ["0991234567", "0991234567"],
])("%s is read as %s", (given, shown) => {
  expect(phoneText(given)).toBe(shown);
});
