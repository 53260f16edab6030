package dev.june.stt.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.worker.livekit.RoomConnection.LeaveReason;
import dev.june.stt.worker.room.RoomLeases.Standing;
import org.junit.jupiter.api.Test;

class RejoiningTest {
    @Test
    void aLostConnectionIsMadeAgainUnlessSomebodyElseHasTheRoom() {
        assertThat(again(LeaveReason.CONNECTION_LOST, Standing.HELD)).isTrue();
        assertThat(again(LeaveReason.CONNECTION_LOST, Standing.UNKNOWN)).isTrue();
        assertThat(again(LeaveReason.CONNECTION_LOST, Standing.LOST)).isFalse();
    }

    @Test
    void onlyAnOwnerThatKnowsItIsOneComesBackAfterAnEviction() {
        assertThat(again(LeaveReason.EVICTED, Standing.HELD)).isTrue();
        assertThat(again(LeaveReason.EVICTED, Standing.UNKNOWN)).isFalse();
        assertThat(again(LeaveReason.EVICTED, Standing.LOST)).isFalse();
    }

    @Test
    void aRoomThatIsOverIsLeft() {
        for (Standing standing : Standing.values()) {
            assertThat(again(LeaveReason.ROOM_CLOSED, standing)).isFalse();
            assertThat(again(LeaveReason.REMOVED, standing)).isFalse();
            assertThat(again(LeaveReason.CLOSED, standing)).isFalse();
        }
    }

    private static boolean again(LeaveReason reason, Standing standing) {
        return RoomSupervisor.isToBeJoinedAgain(reason, standing);
    }
}
