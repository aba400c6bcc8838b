import { volumeFields } from "../volumes/volume-filters.ts";
import { type VolumeListing, volumeListing } from "../volumes/volume-listing.ts";
import { volumeView } from "../volumes/volume-view.ts";

export const describeVolumes: VolumeListing = volumeListing("DescribeVolumes", volumeFields, (volumes) => ({
  Volumes: volumes.map(volumeView),
}));
