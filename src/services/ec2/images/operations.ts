import type { Operation } from "../../../operation.ts";
import { copyImage } from "../operations/copy-image.ts";
import { createImage } from "../operations/create-image.ts";
import { deregisterImage } from "../operations/deregister-image.ts";
import { describeImageAttribute } from "../operations/describe-image-attribute.ts";
import { describeImages } from "../operations/describe-images.ts";
import { disableImage, enableImage } from "../operations/enable-image.ts";
import { modifyImageAttribute } from "../operations/modify-image-attribute.ts";
import { registerImage } from "../operations/register-image.ts";
import { resetImageAttribute } from "../operations/reset-image-attribute.ts";

export const imageOperations: readonly Operation[] = [
  copyImage,
  createImage,
  deregisterImage,
  describeImageAttribute,
  describeImages,
  disableImage,
  enableImage,
  modifyImageAttribute,
  registerImage,
  resetImageAttribute,
];
