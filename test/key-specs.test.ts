import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { test } from "node:test";
import { CreateKeyCommand, DescribeKeyCommand, KMSServiceException, type KeyMetadata } from "@aws-sdk/client-kms";
import { keySpecs } from "../src/crypto/key-specs.ts";
import { kms, testServer } from "./kit.ts";
