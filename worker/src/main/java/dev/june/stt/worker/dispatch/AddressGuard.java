package dev.june.stt.worker.dispatch;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * Which addresses a webhook may be posted to: those of the public internet, so that nobody who may write a pipeline reaches what only the
 * cluster can. Pure.
 */
final class AddressGuard {
    /** Networks that the platform has no name for: first address, bits of the prefix. */
    private static final int[][] RESERVED = {
        {0x00000000, 8}, // this network
        {0x64400000, 10}, // 100.64: behind a carrier's translation
        {0xC0000000, 24}, // 192.0.0: protocol assignments
        {0xC0000200, 24}, // 192.0.2: documentation
        {0xC6120000, 15}, // 198.18: benchmarks
        {0xC6336400, 24}, // 198.51.100: documentation
        {0xCB007100, 24}, // 203.0.113: documentation
        {0xF0000000, 4}, // reserved, and the broadcast address
    };

    private AddressGuard() {}

    static boolean isPublic(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        return address instanceof Inet4Address ? isPublic4(bytes) : isPublic6(bytes);
    }

    private static boolean isPublic4(byte[] bytes) {
        int address = word(bytes, 0) << 16 | word(bytes, 2);
        return Arrays.stream(RESERVED).noneMatch(network -> (address ^ network[0]) >>> (32 - network[1]) == 0);
    }

    /** Global unicast alone; addresses that carry an IPv4 address within are judged by that. */
    private static boolean isPublic6(byte[] bytes) {
        int first = word(bytes, 0);
        int second = word(bytes, 2);
        if (first == 0x2002) { // 6to4
            return isPublic(v4(bytes, 2));
        }
        if (first == 0x64 && second == 0xff9b) { // NAT64; the local-use prefix 64:ff9b:1::/48 is never public
            return word(bytes, 4) == 0 && isPublic(v4(bytes, 12));
        }
        if (first == 0x2001 && (second == 0 || second == 0xdb8)) { // Teredo, documentation
            return false;
        }
        return first >> 13 == 1; // 2000::/3
    }

    private static int word(byte[] bytes, int from) {
        return Byte.toUnsignedInt(bytes[from]) << 8 | Byte.toUnsignedInt(bytes[from + 1]);
    }

    private static InetAddress v4(byte[] bytes, int from) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }
}
