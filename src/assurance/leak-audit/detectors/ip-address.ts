import { addressBytes } from '../addresses.ts';
import { someMatch, type Detector } from './detector.ts';

const v4 = /(?<![\p{L}\p{N}_.-])(?:\d{1,3}\.){3}\d{1,3}(?![\p{L}\p{N}_-]|\.[\p{L}\p{N}])/gu;
const v6 = /(?<![\p{L}\p{N}_:.-])[0-9A-Fa-f:]{4,39}(?:\.\d{1,3}){0,3}(?![\p{L}\p{N}_:-])/gu;

/** An address of a host. Loopback, unspecified and multicast addresses name nobody; four small numbers may also be a version. */
export const ipAddress: Detector = (text) =>
  (text.includes('.') && someMatch(text, v4, isHostV4)) ||
  (text.includes(':') && someMatch(text, v6, isHostV6));

function isHostV4(text: string): boolean {
  const bytes = addressBytes(text);
  return bytes !== null && bytes[0]! > 0 && bytes[0] !== 127 && bytes[0]! < 224;
}

function isHostV6(text: string): boolean {
  // Words of hexadecimal letters around "::" are likelier to be a name of a program.
  const groups = text.split(':').filter((group) => group !== '');
  if (groups.length < 3) return false;
  const bytes = addressBytes(text);
  return bytes !== null && bytes[0] !== 0xff && bytes.subarray(0, 15).some((byte) => byte !== 0);
}
