import { expect, test } from "vitest";
import { fieldsOf, isReason, numberOf, type Resident } from "./residents";

test("a number is taken as people write it, and nothing else is", () => {
  expect(numberOf(" 138 0000 1234 ")).toEqual({ phone: "138 0000 1234" });
  expect(numberOf("0350-6712345")).toEqual({ phone: "0350-6712345" });
  expect(numberOf("+86 138-0000-1234")).toEqual({ phone: "+86 138-0000-1234" });
  expect(numberOf("110105 19491231 002x")).toEqual({ id_number: "11010519491231002X" });
  for (const text of ["", "123456", "张三", "13800001234a", "1101051949123100234", "138****1234"]) {
    expect(numberOf(text), text).toBeNull();
  }
});

test("only what is on record can be asked for", () => {
  const person: Resident = {
    code: "P1",
    name: "张*",
    phone: null,
    has_id_number: false,
    household: "H1",
    building: "B1",
  };
  expect(fieldsOf(person)).toEqual(["name"]);
  expect(fieldsOf({ ...person, has_id_number: true })).toEqual(["name", "id_number"]);
  expect(fieldsOf({ ...person, phone: "138****1234" })).toEqual(["name", "phone"]);
});

test("a reason has four characters, blanks around it not counted", () => {
  expect(isReason("  走访  ")).toBe(false);
  expect(isReason("🙂🙂🙂")).toBe(false);
  expect(isReason("入户走访")).toBe(true);
});
